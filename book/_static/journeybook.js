// A page that was opened from a file share may not read other pages: search then lists titles without their summaries.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY &&= location.protocol !== "file:";
// The theme looks which tables scroll when the window changes; one that was folded away is looked at when it is opened.
document.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")), true);
// The theme takes the focus from a button that was pressed. A keyboard (no count of clicks) needs it to go on from there.
document.addEventListener("click", ({target, detail}) => {
  const button = target.closest("button");
  if (button) button.blur = detail ? HTMLElement.prototype.blur : () => {};
}, true);
