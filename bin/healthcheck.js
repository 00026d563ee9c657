#!/usr/bin/env node
// The health check of the image: exits with 0 while /health/live of this container answers 200. An empty variable counts as
// absent, as in src/config.ts.
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const { HEALTH_PORT, PORT, TLS_CERT_FILE, HOST } = process.env;
const anyAddress = ['', '0.0.0.0', '::', undefined].includes(HOST);
const port = HEALTH_PORT || PORT || '4000';
// HEALTH_PORT stays without TLS. The name in the certificate is not the one of this connection.
const get = TLS_CERT_FILE && !HEALTH_PORT ? getHttps : getHttp;
const options = {
  host: anyAddress ? '127.0.0.1' : HOST,
  port,
  path: '/health/live',
  timeout: 4_000,
  rejectUnauthorized: false,
};

const request = get(options, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
  if (response.statusCode !== 200) console.error(`/health/live answers ${response.statusCode}`);
});
request.on('timeout', () => request.destroy(new Error('no answer within 4 s')));
request.on('error', ({ message }) => {
  console.error(`/health/live on port ${port}: ${message}`);
  process.exitCode = 1;
});
