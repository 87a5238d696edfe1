"""Golden model of the EIE array (Han et al., ISCA 2016)."""
