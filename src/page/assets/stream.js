// What is new, as it comes. A page that nobody sees reads nothing: browsers allow few connections to one place.

/** Tells of pictures, of lines, and whether there is somebody to tell: `connect({ picture, lines, state })`. */
export function connect({ picture, lines, state }) {
  let source = null;
  let run = "";
  let last = 0;
  let lost = null;

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(run ? `/events?after=${run}/${last}` : "/events");
    source.addEventListener("picture", (event) => {
      const told = JSON.parse(event.data);
      const isOther = run !== "" && run !== told.run;
      if (run !== told.run) last = 0;
      run = told.run;
      clearTimeout(lost);
      lost = null;
      state("here");
      picture(told, isOther);
    });
    source.addEventListener("lines", (event) => {
      const told = JSON.parse(event.data);
      if (told.length === 0) return;
      last = told[told.length - 1][0];
      lines(told);
    });
    source.addEventListener("error", () => {
      // A moment's interruption is nobody's concern.
      lost ??= setTimeout(() => state("gone"), 1500);
      if (source?.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, 1000);
      }
    });
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}
