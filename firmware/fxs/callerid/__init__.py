"""Who calls and whether messages wait, as a line shows it: made for telephones, heard from outside. Knows no call."""
