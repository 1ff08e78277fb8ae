import { greeting } from "./greeting.ts";
import "./style.css";

const place = document.querySelector("#greeting");
if (place) {
  place.textContent = greeting(new Date().getHours());
}
