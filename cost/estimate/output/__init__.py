"""The estimate in the forms that people and tools read: Markdown for a pull request, a page, and Infracost's JSON."""
