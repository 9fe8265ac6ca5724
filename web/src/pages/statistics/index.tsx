import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Statistics() {
  const words = useText(appText);
  const { data, error } = usePolled(["statistics"], () => look("get_store_statistics"), 2000);
  return <PageFrame title={words.statistics}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
