"""Reports: one page per cancer and a front page, for readers who must decide what to believe."""

from exosift.reports.evidence import Outcome, Run, read_run
from exosift.reports.front import build_index
from exosift.reports.page import build_report

__all__ = ["Outcome", "Run", "build_index", "build_report", "read_run"]
