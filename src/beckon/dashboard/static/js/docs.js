// Shows the API reference in the page, from this server's own description of itself.

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none", // some two hundred calls: one finds them by the nouns they are about
  filter: true,
  defaultModelsExpandDepth: -1, // every call shows its own; the list of all takes seconds to draw
  persistAuthorization: false, // a secret key must not stay behind in the browser
  tryItOutEnabled: true,
  validatorUrl: null, // the default asks a foreign host
});
