"""What machines read: sitemap, rules for robots, data in pages, Google's feed, and old addresses."""
