"""What hangs on the lines of the adapter: telephones with their machine, the outside line. Knows no SIP, no exchange."""
