require("http").createServer((request, response) => response.writeHead(204).end()).listen(8080);
