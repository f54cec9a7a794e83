"""The 27 certified problems of NIST, fitted here and compared digit by digit."""

from educe.certification.certify import STARTS, Run, certify

__all__ = ["STARTS", "Run", "certify"]
