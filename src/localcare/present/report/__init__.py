"""A report of a run or comparison for people who do not run it: as a web page, as a Word document,
as slides. `content` says what a report holds, once; the other modules only set it."""
