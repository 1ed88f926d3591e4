"""Calls: from the hook of a telephone to SIP and back. The only package that knows SIP."""
