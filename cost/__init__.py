"""The cost desk: estimate (before), bill (after), recommend (next), report (what people read)."""
