// A file of its own, because the page's Content-Security-Policy lets no script stand in the page.
globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The badge asks a server on the internet whether the description is valid.
  validatorUrl: null,
});
