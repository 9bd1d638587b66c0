"""What pages look like: templates, stylesheets and pages, joined."""
