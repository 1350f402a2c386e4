// A page that was opened from a file share may not read other pages: search then lists titles without their summaries.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY &&= location.protocol !== "file:";
// The theme looks which tables scroll when the window changes; one that was folded away is looked at when it is opened.
document.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")), true);
