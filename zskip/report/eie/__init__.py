"""The part of the report that only EIE has."""
