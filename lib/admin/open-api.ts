import { createRequire } from 'node:module';
import type { Type } from '@nestjs/common';
import { ROUTE_DESCRIPTIONS, type RouteDescription } from './route-descriptions.js';

/** What is asked of @nestjs/swagger; not its own types, which are there only where it is. */
interface Swagger {
  ApiTags(...tags: string[]): ClassDecorator;
  ApiOperation(options: object): MethodDecorator;
  ApiParam(options: object): MethodDecorator;
  ApiQuery(options: object): MethodDecorator;
  ApiBody(options: object): MethodDecorator;
  ApiResponse(options: object): MethodDecorator;
}

const TAG = 'orchestrator';
const PROBLEM = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' } },
};

/** Lets @nestjs/swagger describe the routes, where the application has it. */
export function describeRoutes(controller: Type, routes: object): void {
  const swagger = loadSwagger();
  if (swagger === undefined) return;
  swagger.ApiTags(TAG)(controller);
  // The methods are those of all controllers.
  if (isDescribed) return;
  isDescribed = true;
  for (const [method, description] of Object.entries(ROUTE_DESCRIPTIONS)) {
    describe(swagger, routes, method, description);
  }
}

let isDescribed = false;

function describe(
  swagger: Swagger,
  routes: object,
  method: string,
  { summary, params = {}, query = {}, fields, status, contentType, refusals }: RouteDescription,
): void {
  const string = { type: 'string' };
  const problem = { 'application/json': { schema: PROBLEM } };
  const decorators = [
    swagger.ApiOperation({ summary }),
    ...Object.entries(params).map(([name, description]) =>
      swagger.ApiParam({ name, description, schema: string }),
    ),
    ...Object.entries(query).map(([name, schema]) =>
      swagger.ApiQuery({ name, required: false, schema }),
    ),
    ...(fields === undefined
      ? []
      : [swagger.ApiBody({ schema: { type: 'object', properties: fields } })]),
    swagger.ApiResponse({ status, description: summary, content: { [contentType]: {} } }),
    ...Object.entries(refusals).map(([refusal, description]) =>
      swagger.ApiResponse({ status: Number(refusal), description, content: problem }),
    ),
  ];
  const descriptor = Object.getOwnPropertyDescriptor(routes, method);
  if (descriptor === undefined) return;
  for (const decorate of decorators) decorate(routes, method, descriptor);
}

/** At once, as decorators are; not before an application mounts the routes. */
function loadSwagger(): Swagger | undefined {
  try {
    return createRequire(import.meta.url)('@nestjs/swagger') as Swagger;
  } catch {
    return undefined;
  }
}
