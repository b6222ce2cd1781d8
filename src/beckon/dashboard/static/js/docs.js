// Shows the API reference in the page, from this server's own description of itself.

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  persistAuthorization: false, // a secret key must not stay behind in the browser
  tryItOutEnabled: true,
  validatorUrl: null, // the default asks a foreign host
});
