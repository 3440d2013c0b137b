"""Stand-ins for the ERPs and for Mailchimp: real HTTP on loopback, unpleasant parts included."""
