"""The library functions behind the verbs of the command line: paths in, files and reports out."""
