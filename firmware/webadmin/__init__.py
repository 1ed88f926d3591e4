"""The admin page: reads snapshots, posts commands. Knows no line protocol, no SIP and no store."""
