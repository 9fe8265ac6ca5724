import { useText } from "../../i18n";
import { appText } from "../../app/text";
import { ErrorView, JsonView, PageFrame } from "../../components";
import { look } from "../../api/commands";
import { usePolled } from "../../live/polling";

export default function Scene() {
  const words = useText(appText);
  const { data, error } = usePolled(["scene"], () => look("get_scene_info"), 2000);
  return <PageFrame title={words.scene}>{error ? <ErrorView error={error} /> : <JsonView value={data} />}</PageFrame>;
}
