"""HTTPS for the page: certificates and nginx's configuration. Knows no page."""
