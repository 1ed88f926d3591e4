"""IP telephones register here: Kamailio, configured, started and watched. Knows no calls and no settings."""
