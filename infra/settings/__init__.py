"""Settings: one pydantic model an area, read from `Pulumi.<env>.yaml`; all problems are reported at once."""
