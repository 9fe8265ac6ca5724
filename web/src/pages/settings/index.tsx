import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Settings() {
  const words = useText(appText);
  const { data, error } = usePolled(["settings"], () => look("get_addon_info"), 2000);
  return <PageFrame title={words.settings}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
