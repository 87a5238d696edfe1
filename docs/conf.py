"""Settings of the generator of the documentation; `scripts/docs` runs it."""

from importlib.metadata import version as installed_version

project = "zskip"
version = release = installed_version("zskip")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]

# Pages point at parts of the design by their headings.
myst_heading_anchors = 3

# The notebook is kept without outputs, and run for the site; a cell that fails ends the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
# No page loads a script of another site.
nb_ipywidgets_js = {}

autodoc_member_order = "bysource"
autodoc_typehints = "none"
# The functions that train are documented where it is not installed, too.
autodoc_mock_imports = ["torch"]
# Docstrings set the names of parameters and objects in single backquotes.
default_role = "literal"
napoleon_google_docstring = False
# One entry may describe several parameters.
napoleon_use_param = False
# The ports of a component.
napoleon_custom_sections = [("Members", "params_style")]

html_theme = "furo"
html_title = "zskip"
html_copy_source = False
smartquotes = False
