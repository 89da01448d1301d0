import { describeMultipart } from "./multipart-suite.ts";
import { createNodeApp } from "./node-app.ts";

describeMultipart("directory", createNodeApp);
