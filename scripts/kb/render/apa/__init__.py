"""The parts of a reference in the style of the American Psychological Association, seventh edition (2020).

Numbers such as 9.8 in comments are sections of its Publication Manual.
"""
