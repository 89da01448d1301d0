import { wireCopies } from "./copy.ts";
import { wireForms } from "./drive.ts";
import { sayMoments } from "./moments.ts";
import { wireUpload } from "./upload-form.ts";
import { wireWatches } from "./watch.ts";

sayMoments();
wireCopies();
wireForms();
wireWatches();
wireUpload();
