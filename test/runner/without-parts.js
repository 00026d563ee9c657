/** A test that is not called *.integration.test.ts finds no real part, not even in a shell that has their addresses. */
for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL', 'S3_ENDPOINT', 'MLFLOW_TRACKING_URI']) {
  delete process.env[name];
}
