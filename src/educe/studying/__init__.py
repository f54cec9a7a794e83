"""The general question: where do networks predict better than laws and classical methods, and where worse?"""
