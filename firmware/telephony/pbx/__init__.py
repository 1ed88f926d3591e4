"""The exchange itself: calls, who is rung, who hears whom. Knows legs, but not what they are made of."""
