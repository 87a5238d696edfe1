"""Page of the minimal engine: the one that every engine has."""

from zskip.report.page import Page

ENGINE = Page()
