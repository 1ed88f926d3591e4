"""What hangs on the lines of the adapter: telephones and the outside line. Knows no SIP and no exchange."""
