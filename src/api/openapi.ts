import { errorAnswer } from "./answers/index.ts";
import { type Door, doorOf, refusals } from "./doors.ts";
import { describeSchema, type JsonSchema } from "./json-schema.ts";
import { BASE_PATH, pathOf, ROUTE_PATHS, type RoutePath } from "./paths.ts";
import { type Method, methodsOf, NAME_FIELDS, type NamedRoute, routesOf } from "./routes.ts";

/** The OpenAPI 3.1 description of the API below `base`, such as "/app/api/admin"; made from the table of routes. */
export function describeApi(base: string = BASE_PATH) {
  return {
    openapi: "3.1.0",
    info: {
      title: "d1-ferry",
      version: "1",
      description: "Moves an app's database through its bucket. Every call needs a grant that allows it.",
    },
    servers: [{ url: base === "" ? "/" : base }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: Object.fromEntries(ROUTE_PATHS.map((path) => [pathOf(path, ""), describePath(path)])),
    components: {
      schemas: { Error: describeSchema(errorAnswer) },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A token that the app has in FERRY_TOKEN or FERRY_TOKENS.",
        },
        cookie: { type: "apiKey", in: "cookie", name: "session", description: "The app's own login." },
      },
    },
  };
}

function describePath(path: RoutePath) {
  return Object.fromEntries(
    methodsOf(path).map((method) => [method.toLowerCase(), describeCalls(path, method)]),
  );
}

/** OpenAPI knows one operation a path and method: it has the calls of all its routes. */
function describeCalls(path: RoutePath, method: Method) {
  const door = doorOf(path, method);
  const routes = routesOf(path, method);
  const parameters = [...(method === "POST" ? [] : queryParameters(routes)), ...(door.headers ?? [])];
  return {
    operationId: door.operationId,
    summary: door.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(method, routes, door),
    responses: responses(routes, door),
  };
}

function queryParameters(routes: readonly NamedRoute[]) {
  const merged = new Map<string, object>();
  const names = routes.filter(({ named }) => named !== "never").map(({ name }) => name);
  if (names.length > 0) {
    const name = nameField(routes);
    merged.set(name, { name, in: "query", schema: { type: "string", enum: names } });
  }
  for (const { request } of routes) {
    const { properties = {}, required = [] } = describeSchema(request);
    for (const [name, property] of Object.entries(properties)) {
      const { description, ...schema } = property as JsonSchema;
      merged.set(name, {
        name,
        in: "query",
        schema,
        ...(description === undefined ? {} : { description }),
        ...(required.includes(name) ? { required: true } : {}),
      });
    }
  }
  return [...merged.values()];
}

function requestBody(method: Method, routes: readonly NamedRoute[], door: Door) {
  const content = {
    ...(method === "POST" ? jsonContent(routes.map(describeBody)) : {}),
    ...binaryContent(door.sends),
  };
  return Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } };
}

function describeBody({ name, named, request }: NamedRoute, _: number, routes: readonly NamedRoute[]) {
  const { type, properties, required = [] } = describeSchema(request);
  const field = nameField(routes);
  return {
    type,
    title: name,
    properties: { [field]: { const: name }, ...properties },
    required: named === "optional" ? required : [field, ...required],
  } as JsonSchema;
}

function responses(routes: readonly NamedRoute[], door: Door) {
  const unfinished = describeAnswers(routes.filter(({ goesOn }) => goesOn === true));
  const content = {
    ...jsonContent([...describeAnswers(routes), ...(door.streams?.json ?? [])]),
    ...binaryContent(door.streams?.type),
  };
  return {
    200: { description: door.done, content },
    ...(unfinished.length === 0
      ? {}
      : {
          202: {
            description: "Not finished: run the same call again, with its key.",
            content: jsonContent(unfinished),
          },
        }),
    ...(door.streams === undefined ? {} : { 206: { description: door.streams.range } }),
    ...refusals(door.refuses),
  };
}

function describeAnswers(routes: readonly NamedRoute[]): JsonSchema[] {
  return routes.flatMap(({ name, answer }) =>
    answer === null ? [] : [{ ...describeSchema(answer), title: name }],
  );
}

function jsonContent(schemas: readonly JsonSchema[]) {
  return { "application/json": { schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } } };
}

function binaryContent(type: string | undefined) {
  return type === undefined ? {} : { [type]: { schema: { type: "string", format: "binary" } } };
}

/** Routes of one path have one field for their names. */
function nameField([first]: readonly NamedRoute[]): string {
  return first === undefined ? "" : NAME_FIELDS[first.path];
}
