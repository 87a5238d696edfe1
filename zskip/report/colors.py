"""Colors and font of pages and figures, for light and for dark."""

LIGHT = {
    "page": "#ffffff",
    "panel": "#f5f6f8",
    "line": "#d9dce1",
    "faint": "#5c6470",
    "ink": "#1d2127",
    "muted": "#868e99",
    "grid": "#dde0e5",
    "alert": "#c8322b",
    "good": "#1a7f45",
    "series0": "#2f6fb5",
    "series1": "#cf7a22",
    "series2": "#3c9a5f",
    "series3": "#9a5fb5",
    "series4": "#b5495b",
    "series5": "#2a9d9d",
    "series6": "#8c6d3f",
    "series7": "#6b7280",
}
"""Colors on a light page; no two are the same."""

DARK = {
    "page": "#15181c",
    "panel": "#1e2228",
    "line": "#343a42",
    "faint": "#a0a8b3",
    "ink": "#e6e9ed",
    "muted": "#7f8894",
    "grid": "#2d333a",
    "alert": "#f0716a",
    "good": "#5fc98a",
    "series0": "#6aa5e8",
    "series1": "#f0a95c",
    "series2": "#6cc78e",
    "series3": "#c393dd",
    "series4": "#e58a98",
    "series5": "#5fcaca",
    "series6": "#c4a574",
    "series7": "#a3acb8",
}
"""The same on a dark one."""

SERIES = sum(name.startswith("series") for name in LIGHT)
"""Colors of lines and bars."""

COLORS = {name: f"#4a4b{index:02x}" for index, name in enumerate(LIGHT)}
"""Stand-ins, by the name of the color."""

FONT = 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif'
"""Fonts of pages and figures."""


def page_colors() -> str:
    """Return CSS that defines the font and, for light and dark, the colors as properties."""
    light, dark = (
        "; ".join(f"--{name}: {color}" for name, color in colors.items())
        for colors in (LIGHT, DARK)
    )
    return (
        f":root {{ color-scheme: light dark; --font: {FONT};\n{light}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{\n{dark}; }} }}\n"
    )
