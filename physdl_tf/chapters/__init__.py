"""Code that belongs to one chapter and to scripts that measure for it.

It composes all the rooms, as chapters do, and may change with its chapter.
"""
