"""What digits mean and whether they may: dial plan, codes, routes, fence, ledger. Knows no line, no SIP and no call."""
