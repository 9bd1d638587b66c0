"""The demo's pages and mails in all their states, as pictures: make screens."""
