"""The page of the report for the Bitlet engine: the one that every engine has."""

from zskip.report.page import Page

ENGINE = Page()
