// Begins the page. A browser breaks off what it loads when a network interface comes or goes, as when a service starts just now:
// then once more.

import("/assets/page.js")
  .then(() => sessionStorage.removeItem("devenv-attempts"))
  .catch((error) => {
    const attempts = Number(sessionStorage.getItem("devenv-attempts") ?? 0) + 1;
    sessionStorage.setItem("devenv-attempts", attempts);
    if (attempts > 5) throw error;
    setTimeout(() => location.reload(), 200 * attempts);
  });
