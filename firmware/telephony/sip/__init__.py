"""What speaks SIP: the engine, trunks and their registration, IP telephones. Knows no line and no exchange."""
