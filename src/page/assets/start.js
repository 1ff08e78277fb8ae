// Begins the page once its frame is painted. A browser breaks off what it loads when a network interface comes or goes, as when a
// service starts just now: then once more.

const ATTEMPTS = "devenv-attempts";
const MOST = 5;

function again(error) {
  const attempts = Number(sessionStorage.getItem(ATTEMPTS) ?? 0) + 1;
  sessionStorage.setItem(ATTEMPTS, attempts);
  if (attempts > MOST) throw error;
  setTimeout(() => location.reload(), 200 * attempts);
}

const begin = () => import("/assets/page.js").then(() => sessionStorage.removeItem(ATTEMPTS), again);

// Nothing is painted of what nobody sees.
if (document.hidden) begin();
else requestAnimationFrame(() => setTimeout(begin));
