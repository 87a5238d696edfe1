"""The page of the report for the N:M engine: the one that every engine has."""

from zskip.report.page import Page

ENGINE = Page()
