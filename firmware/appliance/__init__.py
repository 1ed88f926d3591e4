"""What makes it a box: found on the network, with lights and a button. Knows no telephony and no page."""
