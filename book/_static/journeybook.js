// A page that was opened from a file share may not read other pages: search then lists titles without their summaries.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY &&= location.protocol !== "file:";
