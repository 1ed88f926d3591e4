"""The gateway process: settings turned into lines, telephones and trunks, and what it tells the others."""
