"""The units of a processing element, one file each, named as in `zskip.hw.eie.pe`."""
