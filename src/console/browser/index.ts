import { wireCopies } from "./copy.ts";
import { wireForms } from "./drive.ts";
import { sayMoments } from "./moments.ts";

sayMoments();
wireCopies();
wireForms();
