/** The old routes, to be read and tried out: Swagger UI over /openapi.json, asking this server alone. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

// Swagger UI has a dark look of its own, which it puts on with this class.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const dress = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dress();
dark.addEventListener('change', dress);

SwaggerUI({
  dom_id: '#docs',
  url: '/openapi.json',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  // No badge: it would ask a server of Swagger's whether the document is right.
  validatorUrl: null,
  // A secret that was typed in is gone when the page is.
  persistAuthorization: false,
  syntaxHighlight: { activated: true },
});
