"""Calls: from the hook of a telephone to SIP and back. The only package that knows SIP.

Its rooms: `lines` and `sip` make legs of what they speak with, `pbx` connects legs and knows no more of them,
`numbering` says where digits lead, `media` is what is heard, `features` hang on the seams. Beside the rooms lie the
words that all share, the legs that the box itself is (`services`, `announcer`), and `directory`, where they meet.
"""
