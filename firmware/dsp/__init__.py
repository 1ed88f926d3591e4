"""Signal processing on 16-bit 8 kHz blocks; knows no telephony."""
